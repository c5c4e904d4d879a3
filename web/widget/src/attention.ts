/** Whether the visitor looks at the chat: the window is in front, and the focus is in the chat. Tells when that may have changed. */
export function watchAttention(root: ShadowRoot, panel: HTMLElement, onChange: () => void): () => boolean {
  for (const event of ['focus', 'blur']) window.addEventListener(event, onChange);
  document.addEventListener('visibilitychange', onChange);
  panel.addEventListener('focusin', onChange);
  return () => document.visibilityState === 'visible' && document.hasFocus() && root.activeElement !== null && panel.contains(root.activeElement);
}
