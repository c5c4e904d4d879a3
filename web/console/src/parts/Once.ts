import { Component, type ComponentType, type VNode, h } from 'preact';

/** A component that is rendered again only where what it is given has changed: so the old lines of a log are left alone. */
export function once<P extends object>(Render: ComponentType<P>): ComponentType<P> {
  return class Once extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const before = this.props as Readonly<Record<string, unknown>>;
      const after = next as Readonly<Record<string, unknown>>;
      return [...Object.keys(before), ...Object.keys(after)].some((key) => !Object.is(before[key], after[key]));
    }

    override render(): VNode {
      return h(Render as ComponentType<object>, this.props);
    }
  };
}
