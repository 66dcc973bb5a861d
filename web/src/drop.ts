/** File fields show the chosen file's name and light up under a dragged file. */
export function watchDrops(): void {
  document.addEventListener('change', (event) => {
    const input = event.target as HTMLInputElement;
    const name = input.closest('[data-drop]')?.querySelector('[data-drop-name]');
    const file = input.files?.[0];
    if (name && file) name.textContent = file.name;
  });
  for (const [type, over] of [['dragenter', true], ['dragover', true], ['dragleave', false], ['drop', false]] as const) {
    document.addEventListener(type, (event) => {
      (event.target as Element).closest?.('[data-drop]')?.classList.toggle('drop-over', over);
    });
  }
}
