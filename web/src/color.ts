/** A colour's picker and its text say the same; the swatch shows it. */
export function enhanceColors(root: ParentNode = document): void {
  for (const group of root.querySelectorAll<HTMLElement>('[data-color]')) {
    const pick = group.querySelector<HTMLInputElement>('[data-color-pick]');
    const text = group.querySelector<HTMLInputElement>('input[type="text"]');
    const swatch = group.querySelector<SVGSVGElement>('.swatch');
    if (!pick || !text || !swatch || group.dataset.live === '') continue;
    group.dataset.live = '';
    const show = (): void => {
      const color = /^#?[0-9a-f]{6}$/i.test(text.value.trim()) ? `#${text.value.trim().replace('#', '')}` : '';
      swatch.classList.toggle('swatch-none', color === '');
      swatch.replaceChildren();
      if (!color) return;
      pick.value = color.toLowerCase();
      const square = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
      square.setAttribute('width', '16');
      square.setAttribute('height', '16');
      square.setAttribute('rx', '3');
      square.setAttribute('fill', color);
      swatch.append(square);
    };
    pick.addEventListener('input', () => {
      text.value = pick.value;
      show();
      text.dispatchEvent(new Event('input', {bubbles: true}));
    });
    text.addEventListener('input', show);
  }
}
