/** In milliseconds: who stops for longer has seen that the field is gone. */
const PAUSE = 2_000;

/**
 * Whether somebody is still writing in a field that is no longer there, since the chat was ended by the other side: what
 * they go on to type must not be taken for keys of one letter.
 */
export class Typing {
  #field: Pick<Element, 'isConnected'> | null = null;
  #lastAt = 0;

  /**
   * @param field where the key was pressed, if that is a field
   * @returns whether keys of one letter mean what they say
   */
  pressed(field: Pick<Element, 'isConnected'> | null, now: number): boolean {
    if (field) this.#field = field;
    else if (!this.#field || this.#field.isConnected || now - this.#lastAt > PAUSE) {
      this.#field = null;
      return true;
    }
    this.#lastAt = now;
    return false;
  }
}
