/** Confirmations leave by themselves after a while, unless somebody reads them. */
export function watchToasts(): void {
  document.addEventListener('click', (event) => {
    (event.target as Element).closest('[data-dismiss]')?.closest('[data-toast]')?.remove();
  });
  for (const toast of document.querySelectorAll<HTMLElement>('[data-toast="goes"]')) {
    let timer = 0;
    const leave = (): void => {
      timer = window.setTimeout(() => toast.remove(), 6000);
    };
    const stay = (): void => clearTimeout(timer);
    toast.addEventListener('pointerenter', stay);
    toast.addEventListener('focusin', stay);
    toast.addEventListener('pointerleave', leave);
    toast.addEventListener('focusout', leave);
    leave();
  }
}
