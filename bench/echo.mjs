// A bare Express that answers what it was sent: what the daemon is measured against. Prints its port.
import express from 'express';

const app = express();
app.use(express.json());
app.post(/.*/, (request, response) => void response.json(request.body));
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
