import { type CSSProperties, type ReactNode, useLayoutEffect, useRef } from "react";
import { Icon } from "./Icon";
import css from "./ui.module.css";

interface DialogProps {
  title: string;
  width?: number;
  onClose: () => void;
  children: ReactNode;
}

/** A modal window; Escape and a click beside it close it. */
export function Dialog({ title, width = 440, onClose, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    // Whatever takes the window away: only its close() gives the focus back,
    // and only while it is in the page.
    return () => dialog?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the key is Escape, and the browser's
    <dialog
      ref={ref}
      className={css["dialog"]}
      style={{ "--width": `${width}px` } as CSSProperties}
      aria-label={title}
      onClose={onClose}
      onClick={(e) => e.target === ref.current && onClose()}
    >
      <div className={css["dialogHead"]}>
        <h2>{title}</h2>
        <button
          type="button"
          className={`${css["btn"]} ${css["icon"]} ${css["quiet"]}`}
          aria-label="Close"
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </div>
      <div className={css["dialogBody"]}>{children}</div>
    </dialog>
  );
}
