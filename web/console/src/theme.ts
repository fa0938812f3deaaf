import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

const amber: MantineColorsTuple = ['#fef6e7', '#fbe9c9', '#f8d69a', '#f6c26a', '#f2a33c', '#dd8a1c', '#b86d0c', '#8a5000', '#693c00', '#472800']
const dark: MantineColorsTuple = ['#e3e9ee', '#c3ccd5', '#a3b0bd', '#8d9aa8', '#3a4653', '#2b3641', '#1d252e', '#151b22', '#0e1318', '#090d11']

export const theme = createTheme({
  colors: { amber, dark },
  primaryColor: 'amber',
  primaryShade: 4,
  autoContrast: true,
  luminanceThreshold: 0.35,
  fontFamily: 'var(--sans)',
  fontFamilyMonospace: 'var(--mono)',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '19px' },
  defaultRadius: 6,
  cursorType: 'pointer',
  focusRing: 'auto',
  components: {
    Button: { defaultProps: { size: 'xs', variant: 'default' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
    TextInput: { defaultProps: { size: 'xs' } },
    PasswordInput: { defaultProps: { size: 'sm' } },
    Textarea: { defaultProps: { size: 'xs' } },
    Select: { defaultProps: { size: 'xs' } },
    MultiSelect: { defaultProps: { size: 'xs' } },
    TagsInput: { defaultProps: { size: 'xs' } },
    Checkbox: { defaultProps: { size: 'xs' } },
    Modal: { defaultProps: { centered: false, overlayProps: { backgroundOpacity: 0.35 }, transitionProps: { duration: 90 } } },
    Menu: { defaultProps: { shadow: 'md', transitionProps: { duration: 60 } } },
    Popover: { defaultProps: { shadow: 'md', transitionProps: { duration: 60 } } },
  },
})

const variables = {
  '--mantine-color-body': 'var(--panel)',
  '--mantine-color-text': 'var(--ink)',
  '--mantine-color-dimmed': 'var(--soft)',
  '--mantine-color-placeholder': 'var(--faint)',
  '--mantine-color-anchor': 'var(--accent)',
  '--mantine-color-error': 'var(--bad)',
  '--mantine-color-default': 'var(--panel)',
  '--mantine-color-default-hover': 'var(--raise)',
  '--mantine-color-default-border': 'var(--line)',
  '--mantine-color-default-color': 'var(--ink)',
}

export const resolver: CSSVariablesResolver = () => ({ variables: {}, light: variables, dark: variables })
