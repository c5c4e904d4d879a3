/** Up to this width the chat takes the whole screen. */
const PHONE = matchMedia('(max-width: 480px)');

/**
 * On a phone the chat is all there is: the page behind it neither scrolls nor takes the focus, and the chat keeps above the keyboard. On a wide screen
 * the page stays usable beside it.
 */
export class Modality {
  readonly #host: HTMLElement;
  readonly #panel: HTMLElement;
  readonly #launcher: HTMLElement;
  #isOpen = false;
  #undo: (() => void) | undefined;

  constructor(host: HTMLElement, panel: HTMLElement, launcher: HTMLElement) {
    [this.#host, this.#panel, this.#launcher] = [host, panel, launcher];
    PHONE.addEventListener('change', () => this.#apply());
    for (const event of ['resize', 'scroll']) visualViewport?.addEventListener(event, () => this.#fit());
  }

  set(isOpen: boolean): void {
    this.#isOpen = isOpen;
    this.#apply();
  }

  #apply(): void {
    this.#undo?.();
    this.#undo = undefined;
    this.#panel.ariaModal = null;
    if (this.#isOpen && PHONE.matches) {
      this.#panel.ariaModal = 'true';
      const others = [this.#launcher, ...document.body.children].filter((element): element is HTMLElement => element instanceof HTMLElement && element !== this.#host && !element.inert);
      const { style } = document.documentElement;
      const overflow = style.overflow;
      for (const element of others) element.inert = true;
      style.overflow = 'hidden';
      this.#undo = () => {
        for (const element of others) element.inert = false;
        style.overflow = overflow;
      };
    }
    this.#fit();
  }

  /** CSS does not see the keyboard of an iPhone. */
  #fit(): void {
    const { style } = this.#panel;
    const isCovered = this.#isOpen && PHONE.matches && visualViewport && visualViewport.height < innerHeight - 1;
    style.height = isCovered && visualViewport ? `${visualViewport.height}px` : '';
    style.top = isCovered && visualViewport ? `${visualViewport.offsetTop}px` : '';
    style.bottom = isCovered ? 'auto' : '';
  }
}
