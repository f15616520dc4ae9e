import type { Reply } from '../../loopback/exchange.ts'
import { everyLane, isNotBare, scenario } from '../scenario.ts'
import type { Scenario } from '../scenario.ts'
import {
  callsWeather,
  question,
  spoken,
  spokenAfterTool,
  structured,
  weather,
} from './ingredients.ts'
import { LANGUAGE_MODELS, languageProviders } from './providers.ts'
import type { LanguageProvider } from './providers.ts'

function failing(failure: NonNullable<Reply['failure']>, reply: Reply = spoken): Reply {
  return { ...reply, failure }
}

function draft(provider: LanguageProvider) {
  return { provider, model: LANGUAGE_MODELS[provider], fails: true }
}

const everywhere = languageProviders.flatMap((provider) => [
  scenario({
    ...draft(provider),
    name: 'HTTP error, generate text',
    runsOn: provider === 'openai-chat' ? everyLane : isNotBare,
    replies: [failing({ status: 400 })],
    run: (session) => session.generateText({ prompt: question }),
  }),
  scenario({
    ...draft(provider),
    name: 'aborted in the middle, stream text',
    runsOn: provider === 'openai-chat' ? everyLane : isNotBare,
    replies: [failing('hang')],
    run: (session) => session.streamText({ prompt: question, reader: 'aborts' }),
  }),
  scenario({
    ...draft(provider),
    name: 'error event in the middle, stream text',
    replies: [failing('error-event')],
    run: (session) => session.streamText({ prompt: question }),
  }),
])

const most = (['openai-chat', 'openai-responses', 'anthropic', 'google'] as const).flatMap(
  (provider) => [
    scenario({
      ...draft(provider),
      name: 'socket cut in the middle, stream text',
      replies: [failing('cut')],
      run: (session) => session.streamText({ prompt: question }),
    }),
    scenario({
      ...draft(provider),
      name: 'reader leaves the loop, stream text',
      fails: false,
      // The pause makes sure that the reader is gone before the rest arrives.
      replies: [{ ...spoken, pauseMilliseconds: 40 }],
      run: (session) => session.streamText({ prompt: question, reader: 'leaves' }),
    }),
    scenario({
      ...draft(provider),
      name: 'reader leaves the loop of a long answer, stream text',
      fails: false,
      replies: [{ ...spoken, text: 'It is sunny in Bern. '.repeat(40), pauseMilliseconds: 40 }],
      run: (session) => session.streamText({ prompt: question, reader: 'leaves' }),
    }),
    scenario({
      ...draft(provider),
      name: 'aborted in the second step, stream text',
      replies: [callsWeather, failing('hang', spokenAfterTool)],
      run: (session) =>
        session.streamText({ prompt: question, tools: weather(), steps: 3, reader: 'aborts' }),
    }),
  ],
)

const twice = (['openai-chat', 'anthropic'] as const).flatMap((provider) => [
  scenario({
    ...draft(provider),
    name: 'HTTP error, then an answer, generate text',
    fails: false,
    replies: [failing({ status: 500 }), spoken],
    run: (session) => session.generateText({ prompt: question, maxRetries: 1 }),
  }),
  scenario({
    ...draft(provider),
    name: 'HTTP error, then an answer, stream text',
    fails: false,
    replies: [failing({ status: 500 }), spoken],
    run: (session) => session.streamText({ prompt: question, maxRetries: 1 }),
  }),
  scenario({
    ...draft(provider),
    name: 'object that does not fit its schema, generate object',
    replies: [{ ...structured, object: { town: 'Bern' }, text: '' }],
    run: (session) => session.generateObject({ prompt: question }),
  }),
  scenario({
    ...draft(provider),
    name: 'aborted in the middle, stream object',
    replies: [failing('hang', structured)],
    run: (session) => session.streamObject({ prompt: question, reader: 'aborts' }),
  }),
  scenario({
    ...draft(provider),
    name: 'tool that throws, generate text',
    replies: [callsWeather, spokenAfterTool],
    run: (session) =>
      session.generateText({
        prompt: question,
        tools: weather(() => Promise.reject(new Error('no weather today'))),
        steps: 3,
      }),
  }),
])

const embedRefused = scenario({
  provider: 'openai-chat',
  model: 'text-embedding-3-small',
  name: 'HTTP error, embed',
  fails: true,
  replies: [failing({ status: 400 })],
  run: (session) => session.embed({ value: 'sunny' }),
})

const neverRead = scenario({
  ...draft('openai-chat'),
  name: 'stream that nobody reads, stream text',
  fails: false,
  replies: [spoken],
  run: (session) => session.streamText({ prompt: question, reader: 'never reads' }),
})

export const failures: Scenario[] = [...everywhere, ...most, ...twice, embedRefused, neverRead]
