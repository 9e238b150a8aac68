import { Icon } from "../ui/Icon";
import css from "./panels.module.css";

/** A tick, a cross or an exclamation mark. */
export function Sign({ tone, label, big }: { tone: "good" | "bad" | "warn"; label: string; big?: boolean }) {
  return (
    <span className={css["sign"]} data-tone={tone} data-big={big || undefined} role="img" aria-label={label}>
      <Icon name={tone === "good" ? "check" : tone === "bad" ? "cross" : "alert"} size={big ? 18 : 12} />
    </span>
  );
}
