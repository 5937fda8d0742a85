import { title } from '../format'
import type { At } from './image'

/** A place in words. */
export const spot = (a: At | null): string => a ? [title(a.system), title(a.organisation), a.country].filter(Boolean).join(', ') : ''
