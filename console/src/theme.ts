// Light, dark, or as the system has it; kept in this browser.
import { signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

const kept = localStorage.getItem('theme');
export const theme = signal<Theme>(kept === 'light' || kept === 'dark' ? kept : 'system');

export function applyTheme() {
  const root = document.documentElement;
  if (theme.value === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme.value;
}

export function setTheme(next: Theme) {
  theme.value = next;
  localStorage.setItem('theme', next);
  applyTheme();
}

/** What a custom property is worth right now; for what is drawn on a canvas. */
export function colour(name: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}
