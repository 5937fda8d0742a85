import { expect, test } from 'vitest'
import { cell, csv } from './export'

test.each([
  ['a', 'a'], [null, ''], [5, '5'], [-5, '-5'], ['=1+1', "'=1+1"], ['+49', "'+49"], ['-1', "'-1"], ['@SUM(A1)', "'@SUM(A1)"], ['\t=1', "'\t=1"],
  ['a;b', '"a;b"'], ['say "x"', '"say ""x"""'], ['=HYPERLINK("x";"y")', `"'=HYPERLINK(""x"";""y"")"`],
])('%j', (v, want) => { expect(cell(v)).toBe(want) })

test('for a German Excel', () => { expect(csv(['von', 'nach'], [['bka', 'Straße']])).toBe('\uFEFFvon;nach\r\nbka;Straße\r\n') })
