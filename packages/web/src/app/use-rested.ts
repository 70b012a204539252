import { useEffect, useState } from 'react';

/** A value once it has stayed the same for `waitMs`; before that, the one before. */
export function useRested<Value>(value: Value, waitMs: number): Value {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), waitMs);
    return () => clearTimeout(timer);
  }, [value, waitMs]);
  return rested;
}
