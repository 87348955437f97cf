import { Component, type ReactNode } from 'react';
import { Broken } from './broken.tsx';

type Props = { children: ReactNode };

/** A bug in one conversation's drawing leaves the list, and so every other conversation, within reach. */
export class ErrorBoundary extends Component<Props, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError() {
    return { isBroken: true };
  }

  override render(): ReactNode {
    return this.state.isBroken ? <Broken onAgain={() => this.setState({ isBroken: false })} /> : this.props.children;
  }
}
