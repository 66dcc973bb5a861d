/**
 * Dialogs open as popovers without a script. With one they become modal: focus
 * stays inside and the page behind cannot be reached.
 */
export function watchDialogs(): void {
  document.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLElement>('[popovertarget]');
    if (!button) return;
    const dialog = document.getElementById(button.getAttribute('popovertarget') ?? '');
    if (!(dialog instanceof HTMLDialogElement)) return;
    event.preventDefault();
    if (button.getAttribute('popovertargetaction') === 'hide') {
      dialog.close();
      return;
    }
    dialog.removeAttribute('popover');
    dialog.showModal();
  });
  document.addEventListener('click', (event) => {
    // A click on the backdrop is a click on the dialog itself, outside its box.
    if (!(event.target instanceof HTMLDialogElement)) return;
    const box = event.target.getBoundingClientRect();
    const inside =
      event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside && event.detail > 0) event.target.close();
  });
}
