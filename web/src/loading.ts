/** Shows the bar at the top while a part of the page is on its way. */
export function watchLoading(): void {
  let open = 0;
  const count = (by: number) => (): void => {
    open = Math.max(0, open + by);
    document.body.classList.toggle('busy', open > 0);
  };
  document.addEventListener('htmx:before:request', count(1));
  document.addEventListener('htmx:finally:request', count(-1));
  // An answer that is not a page with the wanted part (signed out, an error) is shown whole.
  document.addEventListener('htmx:before:swap', (event) => {
    const ctx = (event as CustomEvent).detail?.ctx;
    const response: {status: number; raw?: {redirected: boolean; url: string}} | undefined = ctx?.response;
    if (!response) return;
    if (response.status >= 400 || response.raw?.redirected) {
      event.preventDefault();
      location.assign(response.raw?.url ?? location.href);
    }
  });
}
