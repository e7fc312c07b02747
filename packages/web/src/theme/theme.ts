import type { MantineColorsTuple } from '@mantine/core'
import { createTheme } from '@mantine/core'

/** A quiet green. Shade 7 carries white text at 6:1 on a light page, shade 8 at 7:1 on a dark one. */
const latch: MantineColorsTuple = [
  '#eef7f4',
  '#dcece6',
  '#b5d9cc',
  '#8bc5b0',
  '#68b398',
  '#4fa688',
  '#2f8468',
  '#1f6f56',
  '#1a6450',
  '#0f4d3c',
]

/**
 * Dense: small controls and text, narrow gaps. Components are named, not imported: the theme is in the first load, most
 * components are not.
 */
export const theme = createTheme({
  primaryColor: 'latch',
  primaryShade: { light: 7, dark: 8 },
  colors: { latch },
  fontFamily: '"Inter Variable", system-ui, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.375rem', lineHeight: '1.3' },
      h2: { fontSize: '1rem', lineHeight: '1.4' },
      h3: { fontSize: '0.875rem', lineHeight: '1.4' },
    },
  },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  components: {
    // A tint of the panel instead of a block of colour: calm, and the same contrast in light and dark.
    Alert: {
      // A failure says role="alert" itself; everything else is a note and interrupts nobody.
      defaultProps: { role: 'note' },
      vars: (_: unknown, { color = 'latch' }) => ({
        root: {
          '--alert-bg': `color-mix(in srgb, var(--mantine-color-${color}-6) 10%, transparent)`,
          '--alert-bd': `1px solid color-mix(in srgb, var(--mantine-color-${color}-6) 45%, transparent)`,
          '--alert-color': 'var(--mantine-color-text)',
        },
      }),
    },
    // A link inside a sentence is told by more than its colour (WCAG 1.4.1).
    Anchor: { defaultProps: { underline: 'always' } },
    // Fields are required unless their label says "optional".
    InputWrapper: {
      defaultProps: { withAsterisk: false, descriptionProps: { size: 'md' } },
    },
    // A dialog's head is no banner of the page.
    Drawer: { defaultProps: { attributes: { header: { role: 'presentation' } } } },
    Modal: {
      defaultProps: { centered: true, size: 'md', attributes: { header: { role: 'presentation' } } },
    },
  },
})
