import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Icon } from "./Icon.tsx";

/**
 * A modal dialog, open for as long as it is rendered. The browser keeps the focus inside, closes it
 * on Escape and gives the focus back.
 */
export function Dialog(
  { title, onClose, children, size }: {
    title: string;
    onClose: () => void;
    children: ComponentChildren;
    size?: "wide" | "full";
  },
) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const element = dialog.current;
    const returnTo = document.activeElement;
    element?.showModal();
    return () => {
      element?.close();
      if (returnTo instanceof HTMLElement && returnTo.isConnected) returnTo.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={size === undefined ? "dialog" : `dialog ${size}`}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault(); // closing is the owner's: it stops rendering the dialog
        onClose();
      }}
    >
      <header class="dialog-head">
        <h2 id={titleId}>{title}</h2>
        <button type="button" class="quiet icon-only" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {children}
    </dialog>
  );
}
