import './mantine.css'
import './style.css'
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { resolver, theme } from './theme.ts'

createRoot(document.getElementById('root')!).render(
  <MantineProvider theme={theme} cssVariablesResolver={resolver} defaultColorScheme="auto" colorSchemeManager={localStorageColorSchemeManager({ key: 'davy.scheme' })}>
    <App />
  </MantineProvider>,
)
