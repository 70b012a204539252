/** A section of the side bar: pages by their path below docs/, without `.md`. */
export declare const navigation: readonly {
  readonly title: string;
  readonly pages: Readonly<Record<string, string>>;
}[];
