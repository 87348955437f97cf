import { parseAst } from 'vitest/node';

const NAMERS: ReadonlySet<string> = new Set(['test', 'it', 'describe']);

type Node = { type: string } & Record<string, unknown>;

/** The titles of a test file's tests and groups, as they are written; what is put in at run time is `…`. */
export function titlesIn(source: string): string[] {
  const titles: string[] = [];
  visit(parseAst(source, { lang: 'ts' }), (node) => {
    if (node.type !== 'CallExpression' || !NAMERS.has(firstName(node.callee) ?? '')) return;
    const title = textOf((node.arguments as unknown[])[0]);
    if (title !== undefined) titles.push(title);
  });
  return titles;
}

/** `test` of `test(…)`, `test.each([…])(…)` and `test.describe.configure(…)`. */
function firstName(callee: unknown): string | undefined {
  if (!isNode(callee)) return undefined;
  if (callee.type === 'Identifier') return String(callee.name);
  if (callee.type === 'MemberExpression') return firstName(callee.object);
  return callee.type === 'CallExpression' ? firstName(callee.callee) : undefined;
}

function textOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined;
  if (node.type !== 'TemplateLiteral') return undefined;
  return (node.quasis as { value: { cooked: string } }[]).map(({ value }) => value.cooked).join('…');
}

function visit(value: unknown, see: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, see);
  if (!isNode(value)) return;
  see(value);
  for (const child of Object.values(value)) visit(child, see);
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
