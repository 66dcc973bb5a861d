const year = 365 * 24 * 60 * 60;

/** Tells the server the time zone of the person, by which it writes times that belong to no site. */
export function tellZone(): void {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  if (zone && !document.cookie.split('; ').includes(`zone=${zone}`)) {
    document.cookie = `zone=${zone}; Path=/app; Max-Age=${year}; SameSite=Lax${secure}`;
  }
}
