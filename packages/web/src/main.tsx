import './zod-without-eval.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/landing.css';
import './styles/access.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';

const container = document.getElementById('root');
if (container === null) throw new Error('index.html has no element with the id "root"');
createRoot(container).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
