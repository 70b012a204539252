/** Asked once per value; forgotten with it. */
export function remembered<Key extends object, Value>(find: (key: Key) => Value): (key: Key) => Value {
  const known = new WeakMap<Key, { readonly value: Value }>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found.value;
    const value = find(key);
    known.set(key, { value });
    return value;
  };
}

/** Asked once per pair of values. */
export function rememberedByTwo<One extends object, Other extends object, Value>(
  find: (one: One, other: Other) => Value,
): (one: One, other: Other) => Value {
  const by = remembered((one: One) => remembered((other: Other) => find(one, other)));
  return (one, other) => by(one)(other);
}

/** Found when it is first asked for. */
export function lazily<Value extends object>(find: () => Value): () => Value {
  let known: Value | undefined;
  return () => {
    known ??= find();
    return known;
  };
}
