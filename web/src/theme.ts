const year = 365 * 24 * 60 * 60;

/** The buttons for light and dark write the cookie that the server draws by. */
export function watchTheme(): void {
  document.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLElement>('[data-theme-set]');
    if (!button) return;
    const theme = button.dataset.themeSet ?? '';
    const secure = location.protocol === 'https:' ? '; Secure' : '';
    document.cookie = `theme=${theme}; Path=/; Max-Age=${theme ? year : 0}; SameSite=Lax${secure}`;
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    for (const other of document.querySelectorAll<HTMLElement>('[data-theme-set]')) {
      other.setAttribute('aria-pressed', String(other === button));
    }
  });
}
