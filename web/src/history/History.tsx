export function History() {
  return <main>History</main>;
}
