import { createDefine } from "fresh";

export interface State {
  /** Who ran, in order. */
  trace: string[];
  /** What the embedding server handed in. */
  greeting: string;
}

export const define = createDefine<State>();
