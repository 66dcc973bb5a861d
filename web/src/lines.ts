import {enhanceColors} from './color';
import {enhanceComboboxes} from './combobox';

/**
 * Lines: the buttons that add and remove a line do so in place. Without this
 * script they post the form, and the server draws it again.
 */
export function enhanceLines(root: ParentNode = document): void {
  for (const table of root.querySelectorAll<HTMLTableElement>('[data-lines]')) {
    const wrap = table.parentElement;
    const blank = wrap?.querySelector<HTMLTemplateElement>('template[data-line]');
    const body = table.tBodies[0];
    if (!wrap || !blank || !body || 'live' in table.dataset) continue;
    table.dataset.live = '';
    const name = table.dataset.lines ?? '';
    wrap.addEventListener('click', (event) => {
      const button = (event.target as Element).closest<HTMLButtonElement>('[data-line-add], [data-line-remove]');
      if (!button) return;
      event.preventDefault();
      if ('lineAdd' in button.dataset) add(body, blank, name);
      else remove(button);
      wrap.dispatchEvent(new Event('change', {bubbles: true}));
    });
  }
}

function add(body: HTMLTableSectionElement, blank: HTMLTemplateElement, name: string): void {
  const row = blank.content.firstElementChild?.cloneNode(true) as HTMLTableRowElement | undefined;
  if (!row) return;
  const number = next(body, name);
  const mark = `${name}.new.`;
  for (const control of row.querySelectorAll<HTMLElement>('[name], [id], [value], [aria-describedby]')) {
    for (const attribute of ['name', 'value']) {
      const text = control.getAttribute(attribute);
      if (text?.startsWith(mark)) control.setAttribute(attribute, `${name}.${number}.${text.slice(mark.length)}`);
    }
    if (control.id) control.id = control.id.replace('-new-', `-${number}-`);
  }
  body.append(row);
  enhanceComboboxes(row);
  enhanceColors(row);
  row.querySelector<HTMLElement>('input:not([type="hidden"]), select, textarea')?.focus();
}

/** A number that no line has: they are counted on, never reused. */
function next(body: HTMLTableSectionElement, name: string): number {
  let most = -1;
  for (const control of body.querySelectorAll<HTMLInputElement>(`[name^="${CSS.escape(name)}."]`)) {
    const number = Number(control.name.slice(name.length + 1).split('.')[0]);
    if (Number.isInteger(number)) most = Math.max(most, number);
  }
  return most + 1;
}

function remove(button: HTMLElement): void {
  const row = button.closest('tr');
  const near = row?.nextElementSibling ?? row?.previousElementSibling;
  const wrap = row?.closest('.lines-wrap');
  row?.remove();
  const target = near?.querySelector<HTMLElement>('[data-line-remove]') ?? wrap?.querySelector<HTMLElement>('[data-line-add]');
  target?.focus();
}
