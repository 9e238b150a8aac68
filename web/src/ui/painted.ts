// A browser that doesn't tell has painted by then.
const PATIENCE = 400;

/** Calls back once, when the screen shows the first text or picture of the page; returns how to forget it. */
export function whenPainted(then: () => void): () => void {
  const once = (): void => {
    forget();
    then();
  };
  const observer = new PerformanceObserver((list) => {
    if (list.getEntriesByName("first-contentful-paint").length > 0) once();
  });
  const timer = setTimeout(once, PATIENCE);
  const forget = (): void => {
    observer.disconnect();
    clearTimeout(timer);
  };
  observer.observe({ type: "paint", buffered: true });
  return forget;
}
