/** Forms that a passkey completes: data-passkey says whether one is made or used. */
export function enhancePasskeys(): void {
  const able = typeof PublicKeyCredential === 'function' && 'parseRequestOptionsFromJSON' in PublicKeyCredential;
  if (!able) return;
  for (const note of document.querySelectorAll<HTMLElement>('[data-passkey-missing]')) note.hidden = true;
  for (const form of document.querySelectorAll<HTMLFormElement>('form[data-passkey]')) {
    form.hidden = false;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void complete(form);
    });
  }
}

/** Lets the browser ask its owner, and sends what comes of it. */
async function complete(form: HTMLFormElement): Promise<void> {
  const failed = form.querySelector<HTMLElement>('[data-passkey-failed]');
  const button = form.querySelector<HTMLButtonElement>('button[type="submit"]');
  if (failed) failed.hidden = true;
  if (button) button.disabled = true;
  try {
    const options = await question(form);
    const credential = form.dataset.passkey === 'create'
      ? await navigator.credentials.create({publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options)})
      : await navigator.credentials.get({publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options)});
    if (!(credential instanceof PublicKeyCredential)) throw new Error('no passkey');
    fill(form, 'credential', JSON.stringify(credential.toJSON()));
    form.submit();
  } catch {
    // Whoever closed the browser's window may try again.
    if (failed) failed.hidden = false;
    if (button) button.disabled = false;
  }
}

/** What the passkey is asked: given with the page, or asked for now. */
async function question(form: HTMLFormElement): Promise<any> {
  const {options, ask} = form.dataset;
  if (!ask) return JSON.parse(options ?? '');
  const response = await fetch(ask, {method: 'POST', headers: {Accept: 'application/json'}});
  if (!response.ok) throw new Error(String(response.status));
  const asked = await response.json();
  fill(form, 'ceremony', asked.token);
  return asked.options;
}

function fill(form: HTMLFormElement, name: string, value: string): void {
  let input = form.elements.namedItem(name) as HTMLInputElement | null;
  if (!input) {
    input = document.createElement('input');
    input.type = 'hidden';
    input.name = name;
    form.append(input);
  }
  input.value = value;
}
