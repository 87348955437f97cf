import 'katex/dist/katex.min.css';

/** KaTeX with its styles: a module of its own, so that it is loaded with the first formula. */
export { math } from '@streamdown/math';
