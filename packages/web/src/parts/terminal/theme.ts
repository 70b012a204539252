/** The colours of the design in the words of xterm, as they are drawn around `element`. */
export function terminalTheme(element: HTMLElement) {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(`--terminal${name}`).trim();
  return {
    // The ground is that of the page below, which another theme makes another (`allowTransparency`).
    background: '#00000000',
    foreground: token('-ink'),
    cursor: token('-green'),
    green: token('-green'),
    yellow: token('-yellow'),
    red: token('-red'),
    blue: token('-blue'),
    selectionBackground: token('-select'),
  };
}
