/**
 * The form in which two user names are compared: names that differ by letter case or Unicode form only are one, so that
 * nobody signs in as another person's twin.
 */
export function userNameKey(userName: string): string {
  return userName.normalize('NFKC').toLowerCase().normalize('NFKC');
}
