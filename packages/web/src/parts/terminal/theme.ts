/** The colours of the design in the words of xterm, as they are drawn around `element`. */
export function terminalTheme(element: HTMLElement) {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(`--terminal${name}`).trim();
  return {
    // xterm reads no light-dark(); the ground is taken as it is drawn.
    background: getComputedStyle(element.parentElement ?? element).backgroundColor,
    foreground: token('-ink'),
    cursor: token('-green'),
    green: token('-green'),
    yellow: token('-yellow'),
    red: token('-red'),
    blue: token('-blue'),
    selectionBackground: token('-select'),
  };
}
