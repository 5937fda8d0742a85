import { expect, test } from 'vitest'
import type { System } from './register'
import { tree } from './tree'

const system = (id: string, partOf: string | null = null) => ({ id, partOf }) as System

test('parts stand below their whole, and a circle loses nothing', () => {
  const of = (all: System[]) => tree(all).map((b) => '.'.repeat(b.depth) + b.system.id).join(' ')
  expect(of([system('a', 'c'), system('b', 'c'), system('c'), system('d', 'a'), system('e', 'elsewhere')])).toBe('c .a ..d .b e')
  expect(of([system('x', 'y'), system('y', 'x'), system('z')])).toBe('z x .y')
})
