import type { Size } from "./pty.ts";

/** One viewer's word in what size its session has; see `SizeLease`. */
export interface ViewerLease {
  /** A key was typed. */
  typed(): void;
  /** Wishes for a size, and takes the lease for it if `take` is set and it may. */
  resize(wish: Size, take: boolean): Promise<void>;
  setForeground(foreground: boolean): Promise<void>;
}
