import { Dict, Server } from 'spillway';

const server = await Server(Dict());
process.send?.(server.address);
process.once('disconnect', () => server.close());
