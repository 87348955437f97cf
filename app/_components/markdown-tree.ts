/** The little of hast (rehype's tree) that is used here; its own types are a package of their own. */
export type Node = { type: string; value?: unknown };
export type Text = { type: 'text'; value: string };
export type Parent = { children: Node[] };
export type Element = Node & Parent & { type: 'element'; tagName: string; properties: Record<string, unknown> };
