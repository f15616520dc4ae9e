export default function Page() {
  return <p>A page behind a middleware.</p>
}
