/** A node of a style sheet, as PostCSS has it: only what is used of it. */
interface Node {
  readonly type: string;
  readonly name?: string;
  readonly params?: string;
  readonly parent?: Node;
  readonly nodes?: Node[];
  selectors?: string[];
  remove(): void;
  append(...nodes: Node[]): void;
  walkRules(visit: (rule: Node) => void): void;
}

/** Layers in the order in which they come: without layers, the order of rules decides. */
const LAYERS = ['theme', 'base', 'components', 'utilities'];
const isAtRule = (node: Node | undefined, name: RegExp) => node?.type === 'atrule' && name.test(node.name ?? '');

/**
 * A plugin of PostCSS that makes every rule hold within `scope` alone. Layers are dissolved: a page's own rules without a layer, such as
 * a reset, would beat everything in them.
 */
export function scopeCss(scope: string) {
  return {
    postcssPlugin: 'sallyport-scope',
    OnceExit(sheet: object) {
      const root = sheet as Node;
      const layers = (root.nodes ?? []).filter((node) => isAtRule(node, /^layer$/));
      const rank = ({ params = '' }: Node) => LAYERS.indexOf(params);
      const rest = (root.nodes ?? []).filter((node) => !layers.includes(node));
      for (const layer of layers) layer.remove();
      for (const node of rest) node.remove();
      root.append(
        ...layers.toSorted((a, b) => rank(a) - rank(b)).flatMap((layer) => [...(layer.nodes ?? [])]),
        ...rest,
      );
      root.walkRules((rule) => {
        if (rule.parent?.type === 'rule' || isAtRule(rule.parent, /keyframes$/)) return;
        rule.selectors = (rule.selectors ?? []).map((selector) => within(scope, selector));
      });
    },
  };
}

function within(scope: string, selector: string): string {
  if (selector.startsWith(scope) && !selector.startsWith(`${scope}-`)) return selector;
  if (selector.startsWith(`:where(${scope})`)) return selector;
  return `${scope} ${selector}`;
}
