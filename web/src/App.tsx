export function App() {
  return <main>LoadForge</main>;
}
