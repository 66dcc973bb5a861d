const open = 'details[data-menu][open]';

/** Menus are native details; a click elsewhere, Esc and leaving with Tab close them. */
export function watchMenus(): void {
  document.addEventListener('click', (event) => closeAllBut(event.target));
  document.addEventListener('focusin', (event) => closeAllBut(event.target));
  document.addEventListener('keydown', (event) => {
    const menu = document.querySelector<HTMLDetailsElement>(open);
    if (!menu) return;
    if (event.key === 'Escape') {
      menu.open = false;
      menu.querySelector('summary')?.focus();
      event.stopPropagation();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      step(menu, event.key === 'ArrowDown' ? 1 : -1);
    }
  });
}

function closeAllBut(inside: EventTarget | null): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>(open)) {
    if (!(inside instanceof Node) || !menu.contains(inside)) menu.open = false;
  }
}

function step(menu: HTMLElement, by: number): void {
  const items = [...menu.querySelectorAll<HTMLElement>('.menu-panel :is(a, button)')];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const next = at < 0 ? (by > 0 ? 0 : items.length - 1) : (at + by + items.length) % items.length;
  items[next]?.focus();
}
