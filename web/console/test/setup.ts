import { vi } from 'vitest';

// Whatever machine it runs on, the tests read English.
vi.stubGlobal('navigator', { languages: ['en'] });
