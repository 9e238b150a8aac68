const known = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE)\s+(.+)$/;

/** Takes the method off a request's name; names of the scenario have none. */
export function splitName(name: string): { method: string; path: string } {
  const found = known.exec(name);
  return found ? { method: found[1] as string, path: found[2] as string } : { method: "", path: name };
}
