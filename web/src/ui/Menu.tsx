import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import css from "./ui.module.css";

interface MenuProps {
  label: string;
  trigger: ReactNode;
  className?: string;
  onOpen?: () => void;
  /** A function of them is given what closes the menu. */
  children: ReactNode | ((close: () => void) => ReactNode);
}

/** A button with a list of things to do below it. */
export function Menu({ label, trigger, className = "", onOpen, children }: MenuProps) {
  const [open, setOpen] = useState(false);
  const host = useRef<HTMLSpanElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  // What has the focus goes away with the menu: a dialog that it opens would
  // have nothing to give it back to.
  const close = useCallback((): void => {
    if (host.current?.contains(document.activeElement)) button.current?.focus();
    setOpen(false);
  }, []);
  useEffect(() => {
    if (!open) return;
    host.current?.querySelector<HTMLElement>("[data-menu] button, [data-menu] a, [data-menu] input")?.focus();
    const away = (e: PointerEvent): void => {
      if (!host.current?.contains(e.target as Node)) setOpen(false);
    };
    const key = (e: KeyboardEvent): void => {
      if (e.key !== "Escape") return;
      e.stopPropagation();
      close();
    };
    document.addEventListener("pointerdown", away);
    document.addEventListener("keydown", key, true);
    return () => {
      document.removeEventListener("pointerdown", away);
      document.removeEventListener("keydown", key, true);
    };
  }, [open, close]);
  const picked = (e: React.MouseEvent): void => {
    if ((e.target as HTMLElement).closest("[data-keep]") === null) close();
  };
  return (
    <span className={css["menuHost"]} ref={host}>
      <button
        ref={button}
        type="button"
        className={`${css["btn"]} ${className}`}
        aria-label={label}
        aria-expanded={open}
        title={label}
        onClick={() => {
          if (!open) onOpen?.();
          setOpen(!open);
        }}
      >
        {trigger}
      </button>
      {open && (
        // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/noStaticElementInteractions: it only hears of clicks on the buttons in it
        <div className={css["menu"]} data-menu onClick={picked}>
          {typeof children === "function" ? children(close) : children}
        </div>
      )}
    </span>
  );
}
