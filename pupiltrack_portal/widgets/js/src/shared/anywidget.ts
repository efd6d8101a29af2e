/** The part of anywidget's interface our widgets use. */
export interface Model {
  get(name: string): unknown;
  on(event: string, callback: (...args: never[]) => void): void;
  off(event: string, callback?: (...args: never[]) => void): void;
  send(content: unknown): void;
}

export interface InitializeContext {
  model: Model;
}

export interface RenderContext {
  model: Model;
  el: HTMLElement;
}

export interface Widget {
  initialize?(context: InitializeContext): void | (() => void);
  render(context: RenderContext): void | (() => void);
}
