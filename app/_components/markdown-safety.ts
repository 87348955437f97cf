import type { Element, Node, Parent, Text } from './markdown-tree.ts';

/** Each takes its direction from its own first letter. */
const DIRECTED = new Set(['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'blockquote', 'table']);

const ALLOWED_PROTOCOLS = new Set(['http:', 'https:', 'mailto:']);

/**
 * Rehype plugin [SEC4]: what a model writes as HTML is shown as the text that it is, a picture becomes a link to it
 * (nothing is loaded from elsewhere), and a link that leads anywhere but to the web or a mail keeps its words alone.
 */
export function plainAndSafe() {
  return (tree: Parent): void => change(tree);
}

function change(parent: Parent): void {
  parent.children = parent.children.flatMap((child): Node[] => {
    if (child.type === 'raw') return [textOf(child.value)];
    if (!isElement(child)) return [child];
    const element = child.tagName === 'img' ? linkTo(child) : child;
    change(element);
    if (DIRECTED.has(element.tagName)) element.properties['dir'] = 'auto';
    return element.tagName === 'a' && !isAllowed(element.properties['href']) ? element.children : [element];
  });
}

const textOf = (value: unknown): Text => ({ type: 'text', value: typeof value === 'string' ? value : '' });

function linkTo({ properties: { src, alt } }: Element): Element {
  const words = [alt, src].find((text) => typeof text === 'string' && text !== '');
  return { type: 'element', tagName: 'a', properties: { href: src }, children: [textOf(words)] };
}

/** Relative addresses are none of the model's business: they would lead into this app. */
function isAllowed(href: unknown): boolean {
  const url = typeof href === 'string' ? URL.parse(href) : null;
  return url !== null && ALLOWED_PROTOCOLS.has(url.protocol);
}

const isElement = (node: Node): node is Element => node.type === 'element';
