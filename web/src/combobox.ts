interface Option {
  id: string;
  title: string;
}

/** Turns each select inside [data-combobox] into a box one can type into. */
export function enhanceComboboxes(root: ParentNode = document): void {
  for (const box of root.querySelectorAll<HTMLElement>('[data-combobox]')) {
    const select = box.querySelector('select');
    if (select && !select.hidden) new Combobox(box, select);
  }
}

/**
 * A combobox after the pattern of the ARIA guide: the select stays in the form
 * and holds the value, the input shows its title and filters the list.
 */
class Combobox {
  private readonly input = document.createElement('input');
  private readonly list = document.createElement('div');
  private readonly url: string;
  private readonly own: Option[];
  private shown: Option[] = [];
  private active = -1;
  private timer = 0;
  private asked = 0;
  private entered = false;

  constructor(
    private readonly box: HTMLElement,
    private readonly select: HTMLSelectElement,
  ) {
    this.url = box.dataset.combobox ?? '';
    this.own = [...select.options].map((o) => ({id: o.value, title: o.text}));
    this.takeOver();
    this.listen();
  }

  /** Gives the input the select's id, so that its label and complaints belong to it. */
  private takeOver(): void {
    const {input, list, select} = this;
    const id = select.id;
    input.type = 'text';
    input.className = select.className;
    input.id = id;
    input.autocomplete = 'off';
    input.value = this.title();
    input.placeholder = this.own.find((o) => o.id === '')?.title ?? '';
    input.setAttribute('role', 'combobox');
    input.setAttribute('aria-autocomplete', 'list');
    input.setAttribute('aria-expanded', 'false');
    input.setAttribute('aria-controls', `${id}-list`);
    for (const name of ['aria-describedby', 'aria-invalid', 'aria-required']) {
      const value = select.getAttribute(name);
      if (value) input.setAttribute(name, value);
    }
    if (select.autofocus) input.autofocus = true;
    list.id = `${id}-list`;
    list.className = 'options';
    list.setAttribute('role', 'listbox');
    list.setAttribute('aria-label', select.labels[0]?.textContent?.replace('*', '').trim() ?? '');
    list.hidden = true;
    const focused = document.activeElement === select;
    select.removeAttribute('id');
    select.hidden = true;
    select.before(input);
    this.box.append(list);
    if (focused || input.autofocus) input.focus();
  }

  private listen(): void {
    const {input, list} = this;
    input.addEventListener('click', () => this.open());
    input.addEventListener('input', (event) => {
      event.stopPropagation();
      this.search(input.value);
    });
    input.addEventListener('keydown', (event) => this.key(event));
    // An Enter that picked an option must not send the form as well.
    input.addEventListener('keypress', (event) => {
      if (event.key === 'Enter' && this.entered) event.preventDefault();
    });
    input.addEventListener('keyup', () => (this.entered = false));
    input.addEventListener('blur', () => this.settle());
    // The input must not lose the focus before the click is over.
    list.addEventListener('mousedown', (event) => event.preventDefault());
    list.addEventListener('click', (event) => {
      const row = (event.target as Element).closest<HTMLElement>('[role="option"]');
      if (row) this.choose(this.shown[Number(row.dataset.at)]);
    });
  }

  private title(): string {
    return this.select.value ? (this.select.selectedOptions[0]?.text ?? '') : '';
  }

  private open(): void {
    if (!this.list.hidden) return;
    this.input.select();
    this.search('');
  }

  /** Shows what is known at once and asks the server after a pause in typing. */
  private search(text: string): void {
    const wanted = text.trim().toLowerCase();
    this.show(this.own.filter((o) => (wanted ? o.id !== '' && o.title.toLowerCase().includes(wanted) : true)), !this.url);
    clearTimeout(this.timer);
    if (!this.url) return;
    const asked = ++this.asked;
    this.timer = window.setTimeout(() => void this.ask(text.trim(), asked), wanted ? 200 : 0);
  }

  private async ask(text: string, asked: number): Promise<void> {
    let found: Option[] | undefined;
    try {
      const response = await fetch(`${this.url}?q=${encodeURIComponent(text)}`, {headers: {Accept: 'application/json'}});
      if (response.ok) found = (await response.json()) as Option[];
    } catch {
      // The options that came with the page stay.
    }
    if (asked !== this.asked || this.list.hidden) return;
    if (!found) {
      this.show(this.shown, true);
      return;
    }
    const empty = text ? [] : this.own.filter((o) => o.id === '');
    this.show([...empty, ...found], true);
  }

  private show(options: Option[], final: boolean): void {
    this.shown = options;
    this.active = this.input.value.trim() && options.length > 0 && this.input.value !== this.title() ? 0 : -1;
    this.list.replaceChildren(...options.map((o, at) => this.row(o, at)));
    if (options.length === 0) {
      const note = document.createElement('div');
      note.className = 'options-note';
      note.setAttribute('role', 'option');
      note.setAttribute('aria-disabled', 'true');
      note.textContent = (final ? this.box.dataset.nothing : this.box.dataset.loading) ?? '';
      this.list.append(note);
    }
    this.list.hidden = false;
    this.input.setAttribute('aria-expanded', 'true');
    this.mark();
  }

  private row(option: Option, at: number): HTMLElement {
    const row = document.createElement('div');
    row.id = `${this.list.id}-${at}`;
    row.className = 'option';
    if (option.id === '') row.classList.add('option-empty');
    if (option.id === this.select.value && option.id !== '') row.classList.add('option-chosen');
    row.setAttribute('role', 'option');
    row.dataset.at = String(at);
    row.textContent = option.title;
    return row;
  }

  private mark(): void {
    const rows = this.list.querySelectorAll('[data-at]');
    rows.forEach((row, at) => row.setAttribute('aria-selected', String(at === this.active)));
    const current = rows[this.active];
    if (current) {
      this.input.setAttribute('aria-activedescendant', current.id);
      current.scrollIntoView({block: 'nearest'});
    } else {
      this.input.removeAttribute('aria-activedescendant');
    }
  }

  private key(event: KeyboardEvent): void {
    const closed = this.list.hidden;
    switch (event.key) {
      case 'ArrowDown':
      case 'ArrowUp': {
        event.preventDefault();
        if (closed) {
          this.open();
          return;
        }
        const by = event.key === 'ArrowDown' ? 1 : -1;
        const count = this.shown.length;
        if (count > 0) this.active = this.active < 0 && by < 0 ? count - 1 : (this.active + by + count) % count;
        this.mark();
        return;
      }
      case 'Enter':
        if (closed) return;
        event.preventDefault();
        this.entered = true;
        if (this.active >= 0) this.choose(this.shown[this.active]);
        return;
      case 'Escape':
        if (closed) return;
        event.stopPropagation();
        this.input.value = this.title();
        this.close();
        return;
      case 'Tab':
        if (!closed && this.active >= 0) this.choose(this.shown[this.active]);
    }
  }

  private choose(option: Option | undefined): void {
    if (!option) return;
    if (![...this.select.options].some((o) => o.value === option.id)) {
      this.select.add(new Option(option.title, option.id));
    }
    this.select.value = option.id;
    this.input.value = this.title();
    this.close();
    this.select.dispatchEvent(new Event('change', {bubbles: true}));
  }

  /** Leaving the box: an emptied box means no choice, other text goes back. */
  private settle(): void {
    clearTimeout(this.timer);
    const empty = this.own.find((o) => o.id === '');
    if (this.input.value.trim() === '' && this.select.value !== '' && empty) this.choose(empty);
    this.input.value = this.title();
    this.close();
  }

  private close(): void {
    this.asked++;
    this.list.hidden = true;
    this.input.setAttribute('aria-expanded', 'false');
    this.input.removeAttribute('aria-activedescendant');
  }
}
