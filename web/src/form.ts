/** Forms with data-unsaved warn before what was typed is lost. */
export function watchForms(): void {
  const dirty = new Set<HTMLFormElement>();

  const judge = (form: HTMLFormElement): void => {
    const changed = [...form.elements].some(differs);
    if (changed) dirty.add(form);
    else dirty.delete(form);
    const note = form.querySelector<HTMLElement>('[data-unsaved-text]');
    if (note?.textContent) note.hidden = !changed;
  };

  const onChange = (event: Event): void => {
    const form = (event.target as HTMLInputElement).form;
    if (form?.dataset.unsaved !== undefined) judge(form);
  };
  document.addEventListener('input', onChange);
  document.addEventListener('change', onChange);

  document.addEventListener('submit', (event) => {
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented) return;
    dirty.clear();
    once(form);
  });

  addEventListener('beforeunload', (event) => {
    if (dirty.size > 0) event.preventDefault();
  });

  // Back from the browser's cache: the buttons must work again.
  addEventListener('pageshow', () => {
    for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-sent]')) {
      button.disabled = false;
      delete button.dataset.sent;
    }
  });

  // What a refused form holds has not been saved either.
  if (document.querySelector('[data-focus]')) {
    for (const form of document.querySelectorAll<HTMLFormElement>('form[data-unsaved]:not([data-untouched])')) {
      const note = form.querySelector<HTMLElement>('[data-unsaved-text]');
      dirty.add(form);
      if (note?.textContent) note.hidden = false;
    }
  }
  document.querySelector<HTMLElement>('[data-focus]')?.focus();

  document.addEventListener('keydown', (event) => {
    if (event.key !== 's' || !(event.ctrlKey || event.metaKey)) return;
    const form = document.querySelector<HTMLFormElement>('form[data-unsaved] .savebar')?.closest('form');
    if (!form) return;
    event.preventDefault();
    form.requestSubmit();
  });
}

function differs(control: Element): boolean {
  if (control instanceof HTMLInputElement) {
    if (control.type === 'hidden' || !control.name) return false;
    if (control.type === 'checkbox' || control.type === 'radio') return control.checked !== control.defaultChecked;
    return control.value !== control.defaultValue;
  }
  if (control instanceof HTMLTextAreaElement) return control.value !== control.defaultValue;
  if (control instanceof HTMLSelectElement) {
    const initial = [...control.options].find((option) => option.defaultSelected) ?? control.options[0];
    return control.value !== (initial?.value ?? '');
  }
  return false;
}

/** A form is sent once, however often its button is pressed. */
function once(form: HTMLFormElement): void {
  if (form.method !== 'post') return;
  // After the browser has read the form, or the button's own value would be missing.
  setTimeout(() => {
    for (const button of form.querySelectorAll<HTMLButtonElement>('button[type="submit"]')) {
      button.disabled = true;
      button.dataset.sent = '';
    }
  });
}
