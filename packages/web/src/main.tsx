import './zod-without-eval.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/landing.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { LandingPage } from './pages/landing.tsx';

const container = document.getElementById('root');
if (container === null) throw new Error('index.html has no element with the id "root"');
createRoot(container).render(
  <StrictMode>
    <LandingPage />
  </StrictMode>,
);
