// The page of a portal: its own reset, its own buttons, one part at a time.
import { createRoot } from 'react-dom/client';
import './portal.css';
import { Approvals } from './approvals.tsx';
import { Clusters } from './clusters.tsx';
import { Recording } from './recording.tsx';
import { Terminal } from './terminal.tsx';

const [, part = '', what = ''] = window.location.hash.split('/');
const told = document.createElement('output');
const tell = (text: string) => {
  told.textContent = text;
};

function Portal() {
  return (
    <>
      <h1>Our portal</h1>
      <button type="button">Ours</button>
      <main>
        {part === 'approvals' && <Approvals />}
        {part === 'clusters' && <Clusters onOpen={tell} />}
        {part === 'recording' && <Recording id={what} />}
        {part === 'terminal' && <Terminal cluster={what} onEnd={tell} />}
      </main>
    </>
  );
}

const container = document.createElement('div');
document.body.append(container, told);
createRoot(container).render(<Portal />);
