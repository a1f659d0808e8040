package io.amqproxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.faults.Faults;
import io.amqproxy.spi.AmqProxyProvider;
import io.amqproxy.testing.FakePool;
import io.amqproxy.trace.Trace;
import io.amqproxy.trace.TraceListener;
import java.io.IOException;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.Type;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What applications rely on is written down in {@code api.txt}: what is not there any more, or is different, breaks who
 * used it, without a compiler that says so. What is new gets there by {@code -Dapi.write=true}, at a release at the
 * latest. There is no release yet that a tool could compare with.
 */
class PublicApiTest {

    private static final Path FILE = Path.of("..", "amqproxy-api", "api.txt");

    private static final Path SOURCES = Path.of("..", "amqproxy-api", "src", "main", "java");
    /** The Javadoc of an interface or enum, which of them it is, and its name. */
    private static final Pattern DOCUMENTED = Pattern.compile(
            "/\\*\\*((?:(?!\\*/).)*)\\*/\\s*(?:@\\w+\\s+)*(?:public )?(interface|enum) (\\w+)", Pattern.DOTALL);

    /** Applications implement them, so that a new method needs a default. */
    private static final Set<Class<?>> OF_APPLICATIONS = Set.of(
            PoolPolicy.class,
            EndpointChoice.class,
            CredentialMapper.class,
            UpstreamLogin.Renewal.class,
            ExternalLogin.class,
            ProxyListener.class,
            TraceListener.class);

    private final List<String> now = Stream.of(
                    AmqProxy.class, AmqProxyProvider.class, FakePool.class, Trace.class, Faults.class)
            .flatMap(PublicApiTest::typesBeside)
            .flatMap(PublicApiTest::described)
            .toList();

    @Test
    void nothingIsGoneThatWasWrittenDown() throws Exception {
        if (Boolean.getBoolean("api.write")) {
            Files.write(FILE, now);
        }

        assertThat(now).containsAll(Files.readAllLines(FILE));
    }

    @Test
    void applicationsNeedNotImplementMoreThanIsWrittenDown() throws Exception {
        List<String> needed = OF_APPLICATIONS.stream()
                .flatMap(PublicApiTest::described)
                .filter(member -> member.contains(" abstract ") && !member.contains(" interface "))
                .toList();

        assertThat(Files.readAllLines(FILE)).containsAll(needed);
    }

    /** Who switches over an enum, or implements an interface for a test, is told that there will be more of it. */
    @Test
    void whatGrowsSaysSo() throws Exception {
        Set<String> ofApplications =
                OF_APPLICATIONS.stream().map(Class::getSimpleName).collect(Collectors.toSet());
        ofApplications.add(AmqProxyProvider.class.getSimpleName());
        List<String> silent = new ArrayList<>();
        try (Stream<Path> sources = Files.walk(SOURCES)) {
            for (Path source : sources.filter(PublicApiTest::isOfApi).toList()) {
                Matcher type = DOCUMENTED.matcher(Files.readString(source));
                while (type.find()) {
                    String text = type.group(1).replaceAll("[\\s*]+", " ");
                    boolean isEnum = type.group(2).equals("enum");
                    boolean isProxys = text.contains("nly the proxy implements this");
                    boolean hasTo = isEnum || !ofApplications.contains(type.group(3));
                    if (hasTo && !(text.contains("ater versions") && (isEnum || isProxys))) {
                        silent.add(type.group(2) + ' ' + type.group(3));
                    }
                }
            }
        }
        assertThat(silent).isEmpty();
    }

    private static boolean isOfApi(Path file) {
        Path folder = file.getParent();
        return file.toString().endsWith(".java") && folder != null && !folder.endsWith("internal");
    }

    /** The public types of a class' package, nested ones included. */
    private static Stream<Class<?>> typesBeside(Class<?> type) {
        Set<String> names = new TreeSet<>();
        try {
            Path root = Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
            Path directory = root.resolve(type.getPackageName().replace('.', '/'));
            try (Stream<Path> files = Files.list(directory)) {
                files.map(file -> file.getFileName().toString())
                        .filter(name -> name.endsWith(".class") && !name.equals("package-info.class"))
                        .forEach(name ->
                                names.add(type.getPackageName() + '.' + name.substring(0, name.lastIndexOf('.'))));
            }
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException(e);
        }
        return names.stream().<Class<?>>map(PublicApiTest::load).filter(PublicApiTest::isPublic);
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, PublicApiTest.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean isPublic(Class<?> type) {
        Class<?> outer = type.getEnclosingClass();
        return !type.isAnonymousClass()
                && Modifier.isPublic(type.getModifiers())
                && (outer == null || isPublic(outer))
                && !isTest(type);
    }

    private static boolean isTest(Class<?> type) {
        return type.getProtectionDomain()
                .getCodeSource()
                .equals(PublicApiTest.class.getProtectionDomain().getCodeSource());
    }

    /** A line for the type and one for each of its members, which says whose it is. */
    private static Stream<String> described(Class<?> type) {
        Set<String> members = new TreeSet<>();
        for (Field field : type.getDeclaredFields()) {
            if (isSeen(field.getModifiers()) && !field.isSynthetic()) {
                members.add(field.getName() + " : " + field.getGenericType().getTypeName());
            }
        }
        for (Constructor<?> constructor : type.getDeclaredConstructors()) {
            if (isSeen(constructor.getModifiers()) && !constructor.isSynthetic()) {
                members.add("new" + arguments(constructor) + " :" + modifiers(constructor));
            }
        }
        for (Method method : type.getDeclaredMethods()) {
            if (isSeen(method.getModifiers()) && !method.isSynthetic()) {
                members.add(method.getName() + arguments(method) + " :" + modifiers(method)
                        + typed(method.getGenericReturnType(), method.getAnnotatedReturnType()));
            }
        }
        return Stream.concat(
                Stream.of(head(type)), members.stream().map(member -> "  " + type.getName() + '.' + member));
    }

    private static String head(Class<?> type) {
        List<String> supers = new ArrayList<>();
        if (type.getGenericSuperclass() != null && type.getSuperclass() != Object.class) {
            supers.add(type.getGenericSuperclass().getTypeName());
        }
        Arrays.stream(type.getGenericInterfaces()).map(Type::getTypeName).forEach(supers::add);
        return type.toGenericString() + (supers.isEmpty() ? "" : " : " + String.join(", ", supers));
    }

    private static boolean isSeen(int modifiers) {
        return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
    }

    private static String modifiers(Executable executable) {
        String text = Modifier.toString(executable.getModifiers() & ~Modifier.TRANSIENT & ~Modifier.VOLATILE);
        return (executable instanceof Method method && method.isDefault() ? " default " : " ") + text + ' ';
    }

    private static String arguments(Executable executable) {
        return Arrays.stream(executable.getParameters())
                .map((Parameter parameter) -> typed(parameter.getParameterizedType(), parameter.getAnnotatedType()))
                .collect(Collectors.joining(", ", "(", ")"));
    }

    private static String typed(Type type, AnnotatedType annotated) {
        return (annotated.isAnnotationPresent(Nullable.class) ? "@Nullable " : "") + type.getTypeName();
    }
}
