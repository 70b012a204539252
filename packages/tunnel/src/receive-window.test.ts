import { createFakeClock } from '@sallyport/core/testing';
import { describe, expect, it } from 'vitest';
import { createAcceptorWindow, createOpenerWindow, type WindowPolicy } from './receive-window.ts';
import { createWindowBudget } from './window-budget.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

function aPolicy(options: { tunnelBytes?: number; processBytes?: number; roundTripMs?: number } = {}) {
  const clock = createFakeClock();
  const budgets = [
    createWindowBudget(options.tunnelBytes ?? 64 * MIB),
    createWindowBudget(options.processBytes ?? 1024 * MIB),
  ] as const;
  const policy: WindowPolicy = {
    initialWindowBytes: 256 * KIB,
    maxWindowBytes: 4 * MIB,
    budgets,
    now: () => clock.monotonicMs(),
    roundTripMs: () => options.roundTripMs ?? 20,
  };
  return { policy, clock, budgets };
}

describe('a receive window', () => {
  it('gives credit back once half of it is owed, and counts no byte twice', () => {
    const { policy, clock } = aPolicy();
    const window = createOpenerWindow(policy);
    clock.advance(1_000);
    expect(window.receive(256 * KIB)).toBe(true);
    clock.advance(1_000);
    expect(window.consume(100 * KIB)).toBe(0);
    expect(window.consume(28 * KIB)).toBe(128 * KIB);
    expect(window.consume(1 * MIB)).toBe(128 * KIB);
    expect(window.consume(1 * MIB)).toBe(0);
    expect(window.credit).toBe(256 * KIB);
  });

  it('tells when the peer overran it', () => {
    const window = createOpenerWindow(aPolicy().policy);
    expect(window.receive(256 * KIB)).toBe(true);
    expect(window.receive(1)).toBe(false);
  });

  it('doubles to 4 MiB while a full window goes through within two round trips', () => {
    const { policy, clock, budgets } = aPolicy();
    const window = createOpenerWindow(policy);
    const sizes = [window.size];
    for (let i = 0; i < 8; i += 1) {
      const bytes = window.credit;
      window.receive(bytes);
      clock.advance(40);
      window.consume(bytes);
      if (window.size !== sizes.at(-1)) sizes.push(window.size);
    }
    expect(sizes).toEqual([256 * KIB, 512 * KIB, 1 * MIB, 2 * MIB, 4 * MIB]);
    expect(window.credit).toBe(4 * MIB);
    window.release();
    expect(budgets.map((budget) => budget.usedBytes)).toEqual([0, 0]);
  });

  it('does not grow for a slow consumer', () => {
    const { policy, clock } = aPolicy();
    const window = createOpenerWindow(policy);
    for (let i = 0; i < 20; i += 1) {
      window.receive(window.credit);
      clock.advance(46);
      window.consume(256 * KIB);
    }
    expect(window.size).toBe(256 * KIB);
  });

  it('starts at the floor on the accepting side and widens once', () => {
    const window = createAcceptorWindow(aPolicy().policy);
    expect(window.credit).toBe(64 * KIB);
    expect(window.widen()).toBe(192 * KIB);
    expect(window.widen()).toBe(0);
    expect(window.credit).toBe(256 * KIB);
  });

  it('starts at the floor when the budget of the tunnel or of the process is spent', () => {
    for (const options of [{ tunnelBytes: 300 * KIB }, { processBytes: 300 * KIB }]) {
      const { policy, budgets } = aPolicy(options);
      expect(createOpenerWindow(policy).size).toBe(256 * KIB);
      const second = createOpenerWindow(policy);
      expect(second.size).toBe(64 * KIB);
      expect(second.widen()).toBe(0);
      expect(budgets.map((budget) => budget.usedBytes)).toEqual([320 * KIB, 320 * KIB]);
    }
  });

  it('shrinks to the floor, never below, while a budget is overdrawn', () => {
    const { policy, budgets, clock } = aPolicy({ tunnelBytes: 256 * KIB });
    const window = createOpenerWindow(policy);
    for (let i = 0; i < 8; i += 1) createAcceptorWindow(policy);
    for (let i = 0; i < 6; i += 1) {
      clock.advance(1_000);
      const bytes = window.credit;
      window.receive(bytes);
      window.consume(bytes);
    }
    expect(window.size).toBe(64 * KIB);
    expect(window.credit).toBe(64 * KIB);
    expect(budgets[0].usedBytes).toBe(9 * 64 * KIB);
  });
});
