'use strict';
// Plays a scenario with amqplib. Arguments: scenario queue count prefix; the broker comes from AMQP_* variables.

const fs = require('fs');
const amqplib = require('amqplib');

const ROUNDTRIP_MESSAGES = 100;
const PREFETCH = 10;

function connect() {
  const authorities = process.env.AMQP_TLS_AUTHORITIES;
  return amqplib.connect({
    protocol: authorities ? 'amqps' : 'amqp',
    hostname: process.env.AMQP_HOST,
    port: Number(process.env.AMQP_PORT),
    username: process.env.AMQP_USER,
    password: process.env.AMQP_PASSWORD,
    vhost: process.env.AMQP_VHOST,
  }, authorities ? { ca: [fs.readFileSync(authorities)] } : {});
}

async function publishEach(queue, count, prefix) {
  for (let i = 0; i < count; i++) {
    const connection = await connect();
    const channel = await connection.createChannel();
    channel.sendToQueue(queue, Buffer.from(`${prefix}-${i}`));
    await channel.close();
    await connection.close();
  }
}

async function roundtrip(queue, prefix) {
  const connection = await connect();
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(queue, { durable: false });
  const expected = [];
  for (let i = 0; i < ROUNDTRIP_MESSAGES; i++) {
    expected.push(`${prefix}-${i}`);
    channel.sendToQueue(queue, Buffer.from(`${prefix}-${i}`), { mandatory: true });
  }
  await channel.waitForConfirms();

  const received = [];
  await channel.prefetch(PREFETCH);
  await new Promise((resolve, reject) => {
    connection.on('error', reject);
    channel.on('error', reject);
    channel.consume(queue, (message) => {
      received.push(message.content.toString());
      channel.ack(message);
      if (received.length === ROUNDTRIP_MESSAGES) {
        resolve(channel.cancel(message.fields.consumerTag));
      }
    }).catch(reject);
  });
  if (JSON.stringify(received) !== JSON.stringify(expected)) {
    throw new Error(`received: ${JSON.stringify(received)}`);
  }
  const left = (await channel.checkQueue(queue)).messageCount;
  if (left !== 0) {
    throw new Error(`${left} messages are left`);
  }
  await channel.deleteQueue(queue);
  await channel.close();
  await connection.close();
}

async function expectError() {
  try {
    const connection = await connect();
    await connection.close();
    console.log('OK');
  } catch (error) {
    const text = String(error.message).replace(/\s+/g, ' ').trim();
    const inText = /\b(\d{3}) \(/.exec(text) || /\((\d{3})\)/.exec(text);
    console.log('ERROR', error.constructor.name, error.code || (inText ? inText[1] : '-'), text);
  }
}

const [scenario, queue, count, prefix] = process.argv.slice(2);
const scenarios = {
  'publish-each': () => publishEach(queue, Number(count), prefix),
  'roundtrip': () => roundtrip(queue, prefix),
  'expect-error': expectError,
};
scenarios[scenario]().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
