/** U+0000 comes with what is pasted, and the server takes it from nobody. @returns what the field holds without it */
export function plainText(field: HTMLInputElement | HTMLTextAreaElement): string {
  const { value, selectionEnd } = field;
  if (!value.includes('\0')) return value;
  const caret = plain(value.slice(0, selectionEnd ?? value.length)).length;
  field.value = plain(value);
  field.setSelectionRange(caret, caret);
  return field.value;
}

const plain = (text: string): string => text.replaceAll('\0', '');
